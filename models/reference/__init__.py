from . import insee_commune
from . import insee_commune_history
from . import insee_commune_written
from . import res_country
from . import urssaf_nature
from . import product_template
from . import product_template_outside
