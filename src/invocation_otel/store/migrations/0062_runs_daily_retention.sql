ALTER TABLE runs_daily MODIFY COLUMN IF EXISTS retention_days
    DEFAULT ifNull(joinGetOrNull('{database}.tenant_retention', 'retention_days', tenant::String), 365)
