# The two commands: `make demo` shows the whole job in a browser, `make test` passes the tests. CONTRIBUTING.md says more.
.PHONY: demo test lint format bench soak year clean

# AT='2027-03-31 23:30:00' (UTC) before or after any of them: Odoo, PostgreSQL, the simulator and Chromium believe that it
# is then, with databases of their own.

demo:
	@python3 dev/demo.py

# TAGS=odoo, checks, lint, or Odoo's own: /l10n_fr_avance_immediate:TestClass.test_method
# TAGS=neighbours: Odoo's test classes beside Odoo's other apps (sales, website, staff…), which `make test` alone leaves out.
test:
	@python3 dev/test.py

lint:
	@python3 dev/lint.py

format:
	@python3 dev/format.py

# Calls, SQL queries, CPU and time for each invoice, beside the bare loop or Odoo's own cost in the same run.
# QUICK=1: few documents, no latency. ONLY=submit,sync: parts. COUNT=1000, GROWTH=100000, RUN=3000. JSON=FILE: the same for programs.
# DOC=1: the table of targets into doc/performance.md. ALSO=FILE: with the figures of an earlier run, for a whole in parts.
bench:
	@python3 dev/bench.py $(if $(QUICK),--quick) $(if $(DOC),--doc) $(if $(ALSO),--also $(ALSO)) $(if $(GROWTH),--growth $(GROWTH)) $(if $(RUN),--run $(RUN)) $(if $(ONLY),--only $(ONLY)) $(if $(COUNT),--count $(COUNT)) $(if $(JSON),--json $(JSON))

# Faults and kills for SECONDS=300 on INVOICES=2000, then everything must come home.
soak:
	@python3 dev/soak.py

# A year of a company, MONTHS=12 INVOICES=1500 HOUSEHOLDS=60 OFFICES=(cores): at the end of each month the books must be right.
# SEED= repeats one.
year:
	@python3 dev/year.py

# Stop the private PostgreSQL of this clone and forget its databases; downloads stay.
clean:
	@python3 dev/clean.py
