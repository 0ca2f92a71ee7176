from . import account_move_reversal
from . import account_move_send_batch_wizard
from . import account_move_send_wizard
from . import base_partner_merge
from . import payment_link_wizard
from . import urssaf_exchange_export
from . import urssaf_send_wizard
from . import urssaf_send_wizard_line
