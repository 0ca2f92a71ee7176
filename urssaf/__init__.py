"""Client of URSSAF's "API tiers de prestation" (avance immédiate).

Pure Python: nothing of Odoo is imported here. Import what you need from the modules:
``client`` (the four calls), ``payloads`` (what is sent), ``rules`` (what can be known to be
refused beforehand), ``statuses`` (tables of states), ``errors`` (what can go wrong).
"""
