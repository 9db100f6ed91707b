"""What the dashboards and alert rules are made of: pure functions from the SQL files to Grafana's JSON."""
