"""Client of URSSAF's "API tiers de prestation" (avance immédiate). Nothing of Odoo is imported here.

Talking
    ``client``        the calls, and nothing else knows a URL
    ``transport``     one HTTP exchange, and the proof of what became of it when no answer came
    ``deadline``      its end, wherever the other side stands still
    ``auth``          the token: how long it is good, and who keeps it
    ``gate``          what came back may hold anything: what leaves here can be read and written
    ``answers``       reading it: tolerant of shapes, never guessing
    ``same``          whether a request that URSSAF holds is the one that was sent
    ``errors``        what a call can end in
    ``least``         what an answer means, without what could keep it from being written
    ``masking``       bodies as they may be kept: structure and codes stay, people do not

What is sent
    ``payloads``      dataclasses and their JSON
    ``lines``         the lines of a request, and what an invoice gives to build them
    ``builder``       lines that hold every amount check, to the cent
    ``merge``         fewer lines for the same money
    ``wire``          how single values are written: numbers and dates

A person and an address
    ``formats``       checks and clean forms of single values
    ``signs``         signs that nobody sees, or that look alike
    ``typed``         what people type or paste, read as they mean it
    ``bic``           the BIC that goes with a French IBAN
    ``dates``         dates as people type them; Paris time
    ``street``        a street line split into its parts; ``street_types`` and ``street_words`` are its words
    ``departments``   names of departments and overseas territories
    ``birth_place``   where somebody was born, in the codes of that day
    ``variants``      other ways to write the same person

What would be refused (it knows the names of Odoo's fields, and nothing else of Odoo)
    ``rules``         before a call: findings
    ``findings``      the form of a finding
    ``refusals``      after a call: which field a refusal speaks of

Tables
    ``statuses``      what URSSAF's status codes mean, and when to ask again
"""
