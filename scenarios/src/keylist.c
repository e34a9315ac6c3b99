#include "scenarios/plan.h"
void ps_plan_key_list(struct ps_text *out) { (void)out; }
