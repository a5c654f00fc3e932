# Completions of prosody-stability for bash: the program answers itself.
_prosody_stability() {
    local word words=()
    for word in "${COMP_WORDS[@]:0:COMP_CWORD}"; do
        # To bash, --option=value is three words.
        [[ $word == "=" ]] || words+=("$word")
    done
    words+=("$2")
    mapfile -t COMPREPLY < <(
        PROSODY_STABILITY_COMPLETE=bash _CLAP_IFS=$'\n' _CLAP_COMPLETE_INDEX=$((${#words[@]} - 1)) \
            prosody-stability -- "${words[@]}" 2>/dev/null
    )
    # Names of files are quoted where needed, and nothing stands between a folder and what is in it.
    [[ ! -e ${COMPREPLY-} ]] || compopt -o filenames
    [[ ${COMPREPLY-} != */ ]] || compopt -o nospace
}
complete -o bashdefault -o nosort -F _prosody_stability prosody-stability
