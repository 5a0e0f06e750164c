"""Retirement law: benefits, inherited accounts, savings, early distributions and Medicare premiums."""
