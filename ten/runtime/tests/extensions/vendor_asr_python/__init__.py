from . import addon as addon
