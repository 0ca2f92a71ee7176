from . import urssaf_document
from . import urssaf_connection
from . import urssaf_token
from . import urssaf_error
from . import urssaf_exchange
from . import urssaf_finding
from . import res_company
from . import res_config_settings
