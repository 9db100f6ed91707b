-- What is there to choose from in this filter, newest first?
SELECT value FROM facets WHERE {{tenant}} AND facet = '{{facet}}' GROUP BY value ORDER BY max(last_seen) DESC, value
LIMIT 1000
