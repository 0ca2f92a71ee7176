# From the ground up: a subject may lean on those above it in this list, never on those below (DESIGN §2.1).
from . import reference  # communes, countries, types of service: what others look up
from . import connection  # a company and its connection to URSSAF: settings, tokens, traces, what the API may answer
from . import household  # who the customer is: identity, address, account
from . import registration  # the link between a household and the company at URSSAF (M010, M020)
from . import request  # an invoice at URSSAF (M050, M070)
from . import money  # what URSSAF pays and takes back, in the books
from . import self_service  # what the household does itself, on its own page
