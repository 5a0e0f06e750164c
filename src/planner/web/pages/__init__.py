"""The pages: what a person sees of households, their plans, flows, income and jobs."""

from planner.web.pages.problem_pages import problem_answer
from planner.web.pages.routes import blueprint

__all__ = ["blueprint", "problem_answer"]
