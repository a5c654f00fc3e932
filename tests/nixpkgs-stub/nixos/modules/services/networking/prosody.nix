# Where nixpkgs has services.prosody.
import ../../../../services-prosody/new.nix
