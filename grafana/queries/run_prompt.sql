-- Which prompts did the chosen round use, how did they read, and what filled them?
WITH
    {{html}},
    {{chosen_run}},
    ((name, version) -> concat(cell(name), if(version = '', '', concat(' &nbsp; v', inline(version))))) AS prompt,
    asked AS
    (
        SELECT
            any(system_prompt_name) AS system_name, any(system_prompt_version) AS system_version,
            any(user_prompt_name) AS user_name, any(user_prompt_version) AS user_version, count() AS rounds
        FROM v_rounds WHERE {{round}}
    ),
    kept AS
    (
        SELECT
            anyIf(body, part = 'system') AS system, anyIf(body, part = 'tools') AS tools,
            anyIf(body, part = 'variables') AS variables
        FROM v_messages WHERE {{round}} AND {{run_day}}
    )
SELECT concat('<div style="min-height:{{pixels}}px">\n\n', if(rounds = 0, 'No such round: choose one above.', card([
    ('System prompt', prompt(system_name, system_version)),
    ('User prompt', prompt(user_name, user_version)),
    ('Rendered system prompt', boxed_cell(leftUTF8(
        if(
            empty(JSONExtractArrayRaw(ifNull(system, ''))), ifNull(system, ''),
            arrayStringConcat(arrayMap(
                p -> if(JSONHas(p, 'content'), JSONExtractString(p, 'content'), p),
                JSONExtractArrayRaw(ifNull(system, ''))), '\n')),
        20000))),
    ('Variables', boxed_cell(leftUTF8(pretty(ifNull(variables, '')), 20000))),
    ('Tools offered', cell(arrayStringConcat(arrayMap(
        t -> if(JSONHas(t, 'function'), JSONExtractString(t, 'function', 'name'), JSONExtractString(t, 'name')),
        JSONExtractArrayRaw(ifNull(tools, ''))), ', ')))
])), '\n\n</div>') AS "Prompt"
FROM asked CROSS JOIN kept
