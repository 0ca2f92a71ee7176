from . import urssaf_registration
from . import urssaf_registration_queue
from . import urssaf_registration_attempt
from . import urssaf_registration_reminder
from . import urssaf_registration_variant
from . import res_partner
from . import res_partner_follow_up
from . import res_partner_variant
