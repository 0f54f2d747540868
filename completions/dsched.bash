# bash completion of dsched. The program knows what may follow; this only translates.
_dsched() {
  local typed=${COMP_LINE:0:COMP_POINT} words current broken value description told=()
  read -ra words <<<"$typed"
  [[ $typed != *[[:space:]] ]] || words+=("")
  current=${words[-1]}
  broken=${current%"${current##*[:=@]}"} # readline sees a new word behind these
  while IFS=$'\t' read -r value description; do
    case $value in
      :files) compopt -o default ;;
      :nospace) compopt -o nospace ;;
      :*) ;;
      *)
        COMPREPLY+=("${value#"$broken"}")
        told+=("${value#"$broken"}${description:+  ($description)}")
        ;;
    esac
  done < <("${words[0]}" __complete -- "${words[@]:1}" 2>/dev/null)
  # 33, 63, 64: the candidates are going to be listed, not inserted.
  [[ ${#told[@]} -lt 2 || ! $COMP_TYPE =~ ^(33|63|64)$ ]] || COMPREPLY=("${told[@]}")
}
complete -F _dsched dsched
