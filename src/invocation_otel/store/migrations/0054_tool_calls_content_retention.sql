ALTER TABLE tool_calls MODIFY COLUMN IF EXISTS content_retention_days
    DEFAULT ifNull(joinGetOrNull('{database}.tenant_retention', 'content_retention_days', tenant::String), 90)
