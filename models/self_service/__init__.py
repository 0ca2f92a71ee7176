from . import urssaf_household_page
from . import urssaf_household_page_state
from . import urssaf_household_page_words
from . import urssaf_invitation
from . import ir_http
from . import mail_mail
from . import res_partner
from . import urssaf_registration
