# The two functions that a package installs its manual pages and completions with.
# shellcheck shell=sh disable=SC2154 # out is set by Nix
installManPage() {
    for page in "$@"; do
        mkdir -p "$out/share/man/man${page##*.}"
        cp "$page" "$out/share/man/man${page##*.}/"
    done
}

# installShellCompletion --cmd NAME --bash|--fish|--zsh FILE
installShellCompletion() {
    [ "$1" = --cmd ] || return 1
    case $3 in
        --bash) installed=$out/share/bash-completion/completions/$2.bash ;;
        --fish) installed=$out/share/fish/vendor_completions.d/$2.fish ;;
        --zsh) installed=$out/share/zsh/site-functions/_$2 ;;
        *) return 1 ;;
    esac
    mkdir -p "${installed%/*}"
    cp "$4" "$installed"
}
