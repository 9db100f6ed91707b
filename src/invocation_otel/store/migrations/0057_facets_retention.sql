ALTER TABLE facets ADD COLUMN IF NOT EXISTS retention_days SimpleAggregateFunction(max, UInt16)
    DEFAULT ifNull(joinGetOrNull('{database}.tenant_retention', 'retention_days', tenant::String), 365)
