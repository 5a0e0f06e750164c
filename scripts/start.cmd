@echo off
rem Start planner from a fresh clone on Windows; options go to `planner serve`.
where py >nul 2>nul && (py -3 "%~dp0start.py" %*) || (python "%~dp0start.py" %*)
