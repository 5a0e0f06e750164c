"""The names of the kinds of job."""

REFRESH_BASELINE = "refresh_baseline"
REGENERATE_FLOWS = "regenerate_flows"
RECALCULATE_WITHHOLDING = "recalculate_withholding"
PROJECT_SCENARIO = "project_scenario"
