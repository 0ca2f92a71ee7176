from . import household
from . import payment
from . import portal
