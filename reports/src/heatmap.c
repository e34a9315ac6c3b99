/* SPDX-License-Identifier: Apache-2.0
 *
 * The page reads top down: what the letters mean, the map, and then what its columns and rows stand
 * for. Unranked strategies come last, as in every report.
 */
#include "reports/heatmap.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "html.h"
#include "print.h"

static const char heatmap_style[] =
    ":root{--warmbg:#ffd9b8;--warm:#7a3300;--alarm:#a11b1b;--onalarm:#fff}\n"
    "@media(prefers-color-scheme:dark){:root{--warmbg:#4a2a10;--warm:#ffbe8a;--alarm:#e8665c;"
    "--onalarm:#1d0304}}\n"
    "body{max-width:110rem}.map{overflow:auto;max-height:94vh;margin:1rem 0;overflow-wrap:normal}"
    ".map table{width:auto;border-collapse:separate;border-spacing:1px;font-size:.8rem}"
    ".map th,.map td{padding:.1rem 0;border:0;vertical-align:middle}"
    ".map td,.key b{min-width:1.2rem;text-align:center;font-weight:600;line-height:1.35;"
    "font-family:ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,monospace}"
    ".map a{text-decoration:none}.map a:hover{text-decoration:underline}\n"
    ".map thead th{position:sticky;background:var(--bg);z-index:2;text-align:center;"
    "white-space:nowrap;font-size:.72rem}"
    ".map thead tr:first-child th{top:0;height:1.5rem;text-align:left;font-size:.8rem}"
    ".map thead tr+tr th{top:1.5rem;border-bottom:2px solid var(--rule);vertical-align:bottom}"
    ".map .n{position:sticky;left:0;background:var(--bg);z-index:1;text-align:left;"
    "white-space:nowrap;padding-right:.6rem;font-weight:600}"
    ".map thead th>a{writing-mode:vertical-rl;transform:rotate(180deg);line-height:1.1}"
    ".map thead tr .n{z-index:3;font-size:.8rem}"
    ".map td.c{font-family:inherit;font-weight:400;font-size:inherit;text-align:right;"
    "padding:0 .6rem 0 0}.map thead th.c{padding:0 .6rem 0 .2rem;text-align:right}"
    ".map .first{border-left:.5rem solid var(--bg)}.map td.first{min-width:1.7rem}"
    ".map .part th,.map .part .n{background:var(--soft);text-align:left}"
    ".map tfoot td{font-weight:400;font-family:inherit;font-size:.7rem;color:var(--faint)}"
    ".map tbody tr:hover .n{background:var(--soft)}\n"
    ".h0{background:var(--metbg);color:var(--met)}.h1{background:var(--openbg);color:var(--open)}"
    ".h2{background:var(--warmbg);color:var(--warm)}.h3{background:var(--badbg);color:var(--bad)}"
    ".h4{background:var(--alarm);color:var(--onalarm)}.h5{color:var(--faint)}\n"
    ".key{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.3rem 1.4rem}"
    ".key b{display:inline-block;min-width:1.55rem;margin-right:.4rem}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem .9rem;margin:.5rem 0;"
    "font-size:.92rem}dt{font-weight:600}dd{margin:0}dd small{white-space:nowrap}"
    ":target{background:var(--openbg)}.tag{color:var(--bad);font-weight:400;font-size:.9em}\n"
    "@media(min-width:70rem){.two{display:grid;grid-template-columns:1fr 1fr;gap:0 3rem}}"
    "@media(max-width:40rem){body{padding:1rem .75rem}.map th.n{white-space:normal;"
    "min-width:7.6rem;max-width:7.6rem;overflow-wrap:anywhere;line-height:1.25}"
    ".map td.c,.map thead th.c{padding:0 .3rem 0 0}.map "
    ".tag{display:block}dl.names{display:block}.names dt{margin-top:.5rem}}\n"
    "@media print{.map{overflow:visible;max-height:none}.map table{font-size:6px}"
    ".map th,.map td{min-width:0;position:static}}\n";

static const struct ps_heatmap_sign *sign_of(const struct ps_heatmap *map, char letter)
{
    size_t i = 0;
    while (i < map->sign_count && map->signs[i].letter != letter)
        i++;
    assert(i < map->sign_count);
    return &map->signs[i];
}

static const struct ps_heatmap_cell *cell_of(const struct ps_heatmap *map, size_t row,
                                             size_t column)
{
    return &map->cells[row * map->column_count + column];
}

static size_t columns_of(const struct ps_heatmap *map, bool attack)
{
    size_t count = 0;
    for (size_t c = 0; c < map->column_count; c++)
        count += map->columns[c].attack == attack;
    return count;
}

/* Cells of the row that count, among the events or among the attacks. */
static size_t row_count(const struct ps_heatmap *map, size_t row, bool attack)
{
    size_t count = 0;
    for (size_t c = 0; c < map->column_count; c++)
        count +=
            map->columns[c].attack == attack && sign_of(map, cell_of(map, row, c)->letter)->counts;
    return count;
}

static size_t column_count(const struct ps_heatmap *map, size_t column)
{
    size_t count = 0;
    for (size_t r = 0; r < map->row_count; r++)
        count += sign_of(map, cell_of(map, r, column)->letter)->counts;
    return count;
}

static void add_key(const struct ps_heatmap *map, struct ps_text *out)
{
    ps_text_add(out, "<ul class=\"key\">\n");
    for (size_t i = 0; i < map->sign_count; i++) {
        ps_text_add(out, "<li><b class=\"h%d\">%c</b>", (int)map->signs[i].heat,
                    map->signs[i].letter);
        ps_xml_add(map->signs[i].meaning, out);
        ps_text_add(out, "</li>\n");
    }
    ps_text_add(out, "</ul>\n");
}

static void add_head(const struct ps_heatmap *map, struct ps_text *out)
{
    size_t events = columns_of(map, false), attacks = columns_of(map, true);
    ps_text_add(out, "<thead>\n<tr><th class=\"n\"></th><th></th><th></th>");
    if (events > 0)
        ps_text_add(out,
                    "<th class=\"first\" colspan=\"%zu\" scope=\"colgroup\">events: is the "
                    "genuine server accepted?</th>",
                    events);
    if (attacks > 0)
        ps_text_add(out,
                    "<th class=\"first\" colspan=\"%zu\" scope=\"colgroup\">attacks: is the "
                    "attacker accepted?</th>",
                    attacks);
    ps_text_add(out,
                "</tr>\n<tr><th class=\"n\" scope=\"col\">strategy</th>"
                "<th class=\"c\" scope=\"col\" title=\"events survived\">survives<br>of %zu</th>"
                "<th class=\"c\" scope=\"col\" title=\"attacks accepted\">accepts<br>of %zu</th>",
                events, attacks);
    for (size_t c = 0; c < map->column_count; c++) {
        const struct ps_heatmap_column *column = &map->columns[c];
        bool first = c == 0 || map->columns[c - 1].attack != column->attack;
        ps_text_add(out, "<th scope=\"col\"%s title=\"", first ? " class=\"first\"" : "");
        ps_xml_add(column->name, out);
        ps_text_add(out, ": ");
        ps_xml_add(column->meaning, out);
        ps_text_add(out, "\"><a href=\"#c%zu\">", c);
        ps_xml_add(column->name, out);
        ps_text_add(out, "</a></th>");
    }
    ps_text_add(out, "</tr>\n</thead>\n");
}

/* "webpki, E08: accepted" or "webpki, E08: dates: certificate has expired: A Root G1 (error 10,
 * depth 1)": what decided, where the mouse is. */
static void add_cell(const struct ps_heatmap *map, size_t row, size_t column, struct ps_text *out)
{
    const struct ps_heatmap_cell *cell = cell_of(map, row, column);
    const struct ps_verdict *verdict = cell->verdict;
    bool first = column == 0 || map->columns[column - 1].attack != map->columns[column].attack;
    ps_text_add(out, "<td class=\"h%d%s\" title=\"", (int)sign_of(map, cell->letter)->heat,
                first ? " first" : "");
    ps_xml_add(map->rows[row].name, out);
    ps_text_add(out, ", ");
    ps_xml_add(map->columns[column].name, out);
    ps_text_add(out, ": %s", ps_stage_text(verdict->stage));
    if (!ps_verdict_accepted(verdict)) {
        ps_text_add(out, ": ");
        ps_xml_add(verdict->reason, out);
        ps_text_add(out, " (error %" PRId32 ", depth %" PRId32 ")", verdict->error, verdict->depth);
    }
    ps_text_add(out, "\">%c</td>", cell->letter);
}

/* A name of many words in one may break between them. */
static void add_breakable(const char *name, struct ps_text *out)
{
    for (const char *end; (end = strchr(name, '_')) != NULL; name = end + 1) {
        char *word = ps_format("%.*s", (int)(end + 1 - name), name);
        ps_xml_add(word, out);
        ps_text_add(out, "<wbr/>");
        free(word);
    }
    ps_xml_add(name, out);
}

static void add_row(const struct ps_heatmap *map, size_t row, struct ps_text *out)
{
    const struct ps_heatmap_row *r = &map->rows[row];
    ps_text_add(out, "<tr><th scope=\"row\" class=\"n\" title=\"");
    ps_xml_add(r->summary, out);
    ps_text_add(out, "\"><a href=\"#r%zu\">", row);
    add_breakable(r->name, out);
    ps_text_add(out, "</a>");
    if (r->unranked_by) {
        ps_text_add(out, " <span class=\"tag\">unranked: ");
        ps_xml_add(r->unranked_by, out);
        ps_text_add(out, "</span>");
    }
    ps_text_add(out, "</th><td class=\"c\">%zu</td><td class=\"c\">%zu</td>",
                row_count(map, row, false), row_count(map, row, true));
    for (size_t c = 0; c < map->column_count; c++)
        add_cell(map, row, c, out);
    ps_text_add(out, "</tr>\n");
}

static void add_rows(const struct ps_heatmap *map, bool unranked, struct ps_text *out)
{
    size_t shown = 0;
    for (size_t r = 0; r < map->row_count; r++) {
        if ((map->rows[r].unranked_by != NULL) != unranked)
            continue;
        if (shown++ == 0) {
            ps_text_add(out, "<tbody>\n");
            if (unranked)
                ps_text_add(out,
                            "<tr class=\"part\"><th class=\"n\" scope=\"rowgroup\">unranked</th>"
                            "<th colspan=\"%zu\">would talk to anybody: accept X01 or X02</th>"
                            "</tr>\n",
                            map->column_count + 2);
        }
        add_row(map, r, out);
    }
    ps_text_add(out, shown > 0 ? "</tbody>\n" : "");
}

static void add_map(const struct ps_heatmap *map, struct ps_text *out)
{
    ps_text_add(out, "<div class=\"map\" tabindex=\"0\" role=\"region\" aria-label=\"the map\">"
                     "<table>\n");
    add_head(map, out);
    add_rows(map, false, out);
    add_rows(map, true, out);
    ps_text_add(out, "<tfoot><tr><th class=\"n\" scope=\"row\">of %zu</th><td></td><td></td>",
                map->row_count);
    for (size_t c = 0; c < map->column_count; c++)
        ps_text_add(
            out, "<td title=\"strategies that %s\"%s>%zu</td>",
            map->columns[c].attack ? "accept it" : "survive it",
            c > 0 && map->columns[c - 1].attack != map->columns[c].attack ? " class=\"first\"" : "",
            column_count(map, c));
    ps_text_add(out, "</tr></tfoot>\n</table></div>\n");
}

static void add_columns(const struct ps_heatmap *map, bool attack, struct ps_text *out)
{
    if (columns_of(map, attack) == 0)
        return;
    ps_text_add(out, "<section><h2>%s</h2>\n<dl>\n", attack ? "Attacks" : "Events");
    for (size_t c = 0; c < map->column_count; c++) {
        const struct ps_heatmap_column *column = &map->columns[c];
        if (column->attack != attack)
            continue;
        ps_text_add(out, "<dt id=\"c%zu\">", c);
        ps_xml_add(column->name, out);
        ps_text_add(out, "</dt><dd>");
        ps_xml_add(column->meaning, out);
        ps_text_add(out, " <small>");
        ps_xml_add(column->date, out);
        ps_text_add(out, "</small></dd>\n");
    }
    ps_text_add(out, "</dl></section>\n");
}

static void add_strategies(const struct ps_heatmap *map, struct ps_text *out)
{
    ps_text_add(out, "<section><h2>Strategies</h2>\n<dl class=\"names\">\n");
    for (size_t r = 0; r < map->row_count; r++) {
        ps_text_add(out, "<dt id=\"r%zu\">", r);
        ps_xml_add(map->rows[r].name, out);
        ps_text_add(out, "</dt><dd>");
        ps_xml_add(map->rows[r].summary, out);
        ps_text_add(out, "</dd>\n");
    }
    ps_text_add(out, "</dl></section>\n");
}

static void add_top(const struct ps_heatmap *map, struct ps_text *out)
{
    ps_text_add(out, "<header>\n<h1>pinstorm matrix</h1>\n<p>");
    ps_count_add(map->row_count, "strategy", "strategies", out);
    ps_text_add(out, " met ");
    ps_count_add(columns_of(map, false), "event", "events", out);
    ps_text_add(out, " and ");
    ps_count_add(columns_of(map, true), "attack", "attacks", out);
    ps_text_add(out, ", each cell by a TLS handshake of its own. A cell’s tooltip says which check "
                     "decided and how.</p>\n");
    add_key(map, out);
    if (map->note_count > 0) {
        ps_text_add(out, "<ul class=\"faint\">\n");
        for (size_t i = 0; i < map->note_count; i++) {
            ps_text_add(out, "<li>");
            ps_xml_add(map->notes[i], out);
            ps_text_add(out, "</li>\n");
        }
        ps_text_add(out, "</ul>\n");
    }
    ps_text_add(out, "</header>\n");
}

void ps_heatmap_html(const struct ps_heatmap *map, struct ps_text *out)
{
    ps_text_add(out,
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                "<title>pinstorm matrix</title>\n<style>\n%s%s</style>\n</head>\n<body>\n",
                ps_html_style, heatmap_style);
    add_top(map, out);
    ps_text_add(out, "<main>\n");
    add_map(map, out);
    ps_text_add(out, "<div class=\"two\">\n");
    add_columns(map, false, out);
    add_columns(map, true, out);
    ps_text_add(out, "</div>\n");
    add_strategies(map, out);
    ps_text_add(out, "</main>\n<footer><section>\n<h2>How to repeat</h2>\n<p>pinstorm ");
    ps_xml_add(map->version, out);
    ps_text_add(out,
                ". One cell in full: <code>pinstorm matrix --why ROW/COLUMN</code></p>\n<pre>");
    ps_xml_add(map->command, out);
    ps_text_add(out, "</pre>\n</section></footer>\n</body>\n</html>\n");
}
