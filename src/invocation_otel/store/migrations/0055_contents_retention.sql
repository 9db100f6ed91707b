ALTER TABLE contents MODIFY COLUMN IF EXISTS retention_days
    DEFAULT ifNull(joinGetOrNull('{database}.tenant_retention', 'content_retention_days', tenant::String), 90)
