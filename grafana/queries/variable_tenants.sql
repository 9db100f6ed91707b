-- Whose runs are there?
SELECT DISTINCT tenant FROM facets ORDER BY tenant
