"""A household's plan, worked out from its facts and kept up to date.

domain      the facts of a household as values, and the changes that make the next value
taxes       law as data; withholding, payroll taxes, the year's income tax
engine      flows, debts, the projection by month, metrics
storage     one SQLite file: one writer, a few readers
actors      one mailbox and one actor per household; knows nothing about money
work        what the actors do: joins engine, storage and actors
web         the API and the pages
process     builds everything in order, closes it in reverse
cli         the command line
"""
