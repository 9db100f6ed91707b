-- For how long are a tenant's facts and contents kept?
-- Asked for every row that comes in: the columns below have it as their default. A later change counts for later rows.
CREATE TABLE IF NOT EXISTS tenant_retention
(
    tenant String,
    retention_days UInt16,  -- of facts: runs, rounds, tool calls, files
    content_retention_days UInt16  -- of what was said: messages, prompts, arguments and results
)
ENGINE = Join(ANY, LEFT, tenant)
SETTINGS join_any_take_last_row = 1
