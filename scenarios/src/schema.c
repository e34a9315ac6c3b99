#include "scenarios/plan.h"
void ps_plan_schema(struct ps_text *out) { ps_text_add(out, "{}"); }
