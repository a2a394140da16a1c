#!/bin/sh
# Brings back the firewall that an apply of markify replaced:   sh /var/lib/markify/ID/restore.sh
# Needs no Node: a POSIX shell, awk and the netfilter programs. May be run by hand, at any time, again and again.
#   restore.sh        exit 0: the old rules are back, and were read back equal; 7: the state of the firewall is unknown
#   restore.sh check  changes nothing; exit 0: all that restoring needs is there
#   restore.sh once   the same as without a word, for the watchdog: nothing where somebody else has brought the old rules back before it
# All is in functions, called by the last line: a shell reads its script piece by piece, and this one has to be whole before it starts.
# Only `old/`, `empty/`, `same/` and `vars` are trusted, and only after their checksums. Bad news never stops it half-way: it goes on with what
# is left, and says at the end that the state is unknown.

# Sorts out a table's save file; `part=NAME` before each file says which it is.
# bare(): a rule without its counters. Of each part: order[], policy[], head[], count[], rule[].
READ_TABLES='
function bare(line) { sub(/^\[[0-9]+:[0-9]+\] /, "", line); return line }
function has(which, chain) { return (which SUBSEP chain) in policy }
function differ(one, two, chain,    i) {
  if (count[one, chain] != count[two, chain]) return 1
  for (i = 1; i <= count[one, chain]; i++) if (bare(rule[one, chain, i]) != bare(rule[two, chain, i])) return i
  return 0
}
part == "same" { same[$1] = 1; next }
/^:/ {
  chain = substr($1, 2)
  if (!has(part, chain)) order[part, ++chains[part]] = chain
  policy[part, chain] = $2; head[part, chain] = $0; next
}
/^-A / { rule[part, $2, ++count[part, $2]] = $0; next }
/^\[[0-9]+:[0-9]+\] -A / { rule[part, $3, ++count[part, $3]] = $0; next }
$0 == "COMMIT" { whole[part] = 1 }
$0 == "# failed" { failed[part] = 1 }
'

# The old table with what others have in their own chains now. Exit 3: the old table as it is will do; 4: the live table can't be read.
MERGE=$READ_TABLES'
function is_kept(chain) {
  if (ENVIRON["KEEP"] == "nothing" || !has("live", chain)) return 0
  if (has("old", chain)) return (chain in same) && differ("old", "live", chain)
  return !has("loaded", chain) && policy["live", chain] == "-"
}
function print_rules(which, chain,    i) { for (i = 1; i <= count[which, chain]; i++) print rule[which, chain, i] }
function shown(text) { gsub(/[\001-\037\177]/, "?", text); return text }
function tell(text) { print ENVIRON["PLACE"] ": " shown(text) }
function find_kept(    i) {
  for (i = 1; i <= chains["live"]; i++) if (is_kept(order["live", i])) { kept[order["live", i]] = 1; any = 1 }
}
function print_merged(    i, chain) {
  print "*" ENVIRON["TABLE"]
  for (i = 1; i <= chains["old"]; i++) print head["old", order["old", i]]
  for (i = 1; i <= chains["live"]; i++) if (((chain = order["live", i]) in kept) && !has("old", chain)) print head["live", chain]
  for (i = 1; i <= chains["old"]; i++) { chain = order["old", i]; print_rules((chain in kept) ? "live" : "old", chain) }
  for (i = 1; i <= chains["live"]; i++) if (((chain = order["live", i]) in kept) && !has("old", chain)) print_rules("live", chain)
  print "COMMIT"
}
# How often a line is in a chain, of old and loaded; the live ones are taken off below.
function tally(which, chain, into,    i) { for (i = 1; i <= count[which, chain]; i++) into[bare(rule[which, chain, i])]++ }
# What others did to a chain that is as before again: lines to add again (mode lines), sentences (mode report).
function tell_chain(chain, lines,    i, line, ahead, back, in_old, in_loaded, in_live) {
  split("", in_old); split("", in_loaded); split("", in_live)
  tally("old", chain, in_old); tally("loaded", chain, in_loaded)
  back = has("old", chain); ahead = 1
  if (!back && !has("loaded", chain)) { back = 1; if (lines) print ":" chain " - [0:0]" }
  for (i = 1; i <= count["live", chain]; i++) {
    line = bare(rule["live", chain, i]); in_live[line]++
    if (in_live[line] <= in_old[line] || in_live[line] <= in_loaded[line]) { ahead = 0; continue }
    if (lines && !back) print "# the chain is gone: " line
    else if (lines && ahead) print "-I " chain " " i substr(line, length(chain) + 4)
    else if (lines) print line
    else tell("added meanwhile, not put back: " line)
  }
  if (lines) return
  for (i = 1; i <= count["old", chain]; i++) {
    line = bare(rule["old", chain, i])
    if (in_live[line] < in_old[line] && in_live[line] < in_loaded[line]) { tell("removed meanwhile, there again: " line); in_live[line]++ }
  }
}
function tell_all(lines,    i, chain) {
  for (i = 1; i <= chains["live"]; i++) {
    chain = order["live", i]
    if (!(chain in kept)) tell_chain(chain, lines)
    else if (!lines) tell("chain " chain (has("old", chain) ? " was changed" : " was made") " meanwhile, left as it is")
    if (!lines && has("old", chain) && policy["live", chain] != policy["old", chain] && policy["live", chain] != policy["loaded", chain])
      tell("the policy of " chain " was set to " policy["live", chain] " meanwhile, it is " policy["old", chain] " again")
  }
  for (i = 1; i <= chains["old"]; i++) {
    chain = order["old", i]
    if (!lines && has("loaded", chain) && !has("live", chain)) tell("chain " chain " was removed meanwhile, there again")
  }
}
END {
  if (!whole["live"] || failed["live"] || !whole["old"]) exit 4
  find_kept()
  if (ENVIRON["MODE"] == "merged") { if (!any) exit 3; print_merged() }
  else tell_all(ENVIRON["MODE"] == "lines")
}'

# Says how the live table differs from the one that was meant: one line, exit 1. A base chain that accepts and is empty is as good as none.
COMPARE=$READ_TABLES'
function is_nothing(which, chain) { return !has(which, chain) || (policy[which, chain] == "ACCEPT" && !count[which, chain]) }
function compare_chain(chain,    i) {
  if (is_nothing("meant", chain) && is_nothing("live", chain)) return
  if (policy["meant", chain] != policy["live", chain]) { print "chain " chain ": " policy["live", chain] " for " policy["meant", chain]; exit 1 }
  if (i = differ("meant", "live", chain)) { print "chain " chain ", rule " i " or the number of rules"; exit 1 }
}
END {
  if (!whole["live"] || failed["live"]) { print "it can not be read"; exit 1 }
  for (i = 1; i <= chains["meant"]; i++) compare_chain(order["meant", i])
  for (i = 1; i <= chains["live"]; i++) compare_chain(order["live", i])
}'

# The lines of one ipset under another name, from a save file.
SET_LINES='($1 == "create" || $1 == "add") && $2 == ENVIRON["SET"] { print $1, ENVIRON["AS"] substr($0, length($1) + length($2) + 2) }'

# Compares a set with the one that was meant. Members that time out come and go; sizes of the hash are the kernel'"'"'s.
COMPARE_SETS='
$2 != ENVIRON["SET"] || / timeout [1-9]/ && $1 == "add" { next }
{ gsub(/ (hashsize|initval|bucketsize|packets|bytes) [^ ]+/, ""); n[part]++; if (part == "meant") meant[$0] = 1; else if (!($0 in meant)) wrong = 1 }
END { exit wrong || n["meant"] != n["live"] || !n["live"] }'

# What others did to a set that the load filled, by its own name or by one that it swapped in: sentences (mode report), commands that do it again (mode lines).
SET_CHANGES='
function key(entry) { entry = $3; sub(/\/(32|128)$/, "", entry); return entry (/ nomatch( |$)/ ? " nomatch" : "") }
function shown(text) { gsub(/[\001-\037\177]/, "?", text); return text }
part == "live" && $1 == "create" { there = 1 }
$1 != "add" { next }
part == "loaded" { if ($2 == ENVIRON["SET"] || $2 == ENVIRON["SET"] "~") loaded[key()] = 1; next }
$2 != ENVIRON["SET"] { next }
part == "old" { old[key()] = 1; if (!/ timeout [1-9]/) order[++members] = key(); next }
{ live[key()] = 1; if (!(key() in old) && !(key() in loaded)) added[++n] = $0 }
END {
  if (!there) exit
  gone = ENVIRON["STATE"] == "created"
  for (i = 1; i <= n; i++) {
    if (ENVIRON["MODE"] == "lines") print (gone ? "# the set is gone: " : "") added[i]
    else print "set " ENVIRON["SET"] ": added meanwhile, not put back: " shown(substr(added[i], length(ENVIRON["SET"]) + 6))
  }
  if (ENVIRON["MODE"] == "lines") exit
  for (i = 1; i <= members; i++)
    if ((order[i] in loaded) && !(order[i] in live)) print "set " ENVIRON["SET"] ": removed meanwhile, there again: " order[i]
}'

say() {
  printf '%s\n' "markify restore: $*" >&2
  printf '%s restore: %s\n' "$(date '+%Y-%m-%d %H:%M:%S')" "$*" 2>/dev/null >&3
}

trouble() { # WHY: the state will be unknown
  say "$1"
  TROUBLE=${TROUBLE:-$1}
}

# Tells everybody. Not waited for: a terminal that hangs must not hold up anything.
tell_everybody() {
  (
    command -v logger && logger -t markify -p daemon.crit -- "$1"
    command -v wall && printf '%s\n' "$1" | wall
  ) </dev/null >/dev/null 2>&1 3>&- 8<&- 9<&- &
}

finish() { # restored | unknown WHY
  if [ "$1" = restored ]; then
    line=restored
    say "the old rules are back"
    tell_everybody "markify: the firewall's old rules are back (apply $ID)"
  else
    line="unknown $(printf %s "$2" | tr '\n' ' ')"
    say "THE STATE OF THE FIREWALL IS UNKNOWN: $2. The backup is in $FOLDER/old; try: sh $FOLDER/restore.sh"
    tell_everybody "markify: THE STATE OF THE FIREWALL IS UNKNOWN: $2. The backup is in $FOLDER/old; try: sh $FOLDER/restore.sh"
  fi
  # Its room may be needed for the outcome.
  [ -z "$WORK" ] || rm -rf "$WORK"
  if ! { printf '%s\n' "$line" >"$FOLDER/outcome.$$" && mv -f "$FOLDER/outcome.$$" "$FOLDER/outcome"; } 2>/dev/null; then
    say "the outcome can't be written to $FOLDER"
  fi
  [ "$line" = restored ] && exit 0
  exit 7
}

# Sets DAMAGED to the files whose checksums are wrong; false when not even the list is whole.
read_checksums() {
  DAMAGED=' '
  last=
  while IFS=' ' read -r sum size name; do
    last=$sum
    [ "$sum" = end ] && break
    [ "$(cksum 2>/dev/null <"$FOLDER/$name")" = "$sum $size" ] || DAMAGED="$DAMAGED$name "
  done 2>/dev/null <"$FOLDER/checksums"
  [ "$last" = end ]
}

is_damaged() { case $DAMAGED in *" $1 "*) true ;; *) false ;; esac }

# What the folder says, once it is known to be as it was written.
read_folder() {
  read_checksums || { WHY="$FOLDER/checksums can't be read"; return 1; }
  for name in vars touched touched-sets; do
    is_damaged "$name" && { WHY="$FOLDER/$name can't be read or is damaged"; return 1; }
  done
  . "$FOLDER/vars"
  TABLES=$(awk '{ list = $1 ":" $2 ":" $3 " " list } END { print list }' "$FOLDER/touched") &&
    OLD_SETS=$(awk '$2 == "existed" { print $1 }' "$FOLDER/touched-sets") &&
    NEW_SETS=$(awk '$2 == "created" { list = $1 " " list } END { print list }' "$FOLDER/touched-sets") ||
    { WHY="awk doesn't run"; return 1; }
}

# A folder to write in: where the backup is, or wherever there is room for as much again. WORK is empty if it is nowhere.
make_work() {
  for base in "$FOLDER" /run /dev/shm /tmp; do
    WORK=$base/markify-restore.$$
    mkdir -m 700 "$WORK" 2>/dev/null || continue
    set +f
    cat "$FOLDER"/*/v[46].* 2>/dev/null | cat 2>/dev/null >"$WORK/space"
    full=$?
    set -f
    rm -f "$WORK/space"
    [ "$full" = 0 ] && return 0
    rm -rf "$WORK"
  done
  WORK=
  return 1
}

is_alive() { # PID START: the process that had this start time
  { IFS= read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  # shellcheck disable=SC2086
  set -- "$2" ${stat##*) }
  [ "$2" != Z ] && [ "${21}" = "$1" ]
}

# The environments of programs that load for this apply, as files of /proc.
find_loaders() {
  set +f
  mark="MARKIFY_LOADING=[^[:cntrl:]]*$ID"
  if printf 'a\000b' | grep -q b; then
    grep -l -- "$mark" /proc/[0-9]*/environ
  else
    # A grep that ends a line at its first NUL.
    for environ in /proc/[0-9]*/environ; do
      tr '\000' '\n' <"$environ" | grep -q "^$mark\$" && echo "$environ"
    done
  fi 2>/dev/null
}

# Nobody may load any more: an apply that hangs (it never said that its loads are over), and children of one that is gone.
stop_loaders() {
  if [ ! -e "$FOLDER/load-ended" ] && is_alive "$APPLY_PID" "$APPLY_START"; then
    say "apply (process $APPLY_PID) has not ended its load: it is killed"
    kill -TERM "$APPLY_PID" 2>/dev/null
    sleep 1
    is_alive "$APPLY_PID" "$APPLY_START" && kill -KILL "$APPLY_PID" 2>/dev/null
    # A child that it had just forked says what it is only once it runs its program.
    sleep 1
  fi
  tries=0
  while [ "$tries" -lt 10 ]; do
    loaders=$(find_loaders)
    [ -n "$loaders" ] || return 0
    for loader in $loaders; do
      loader=${loader#/proc/}
      kill -KILL "${loader%/environ}" 2>/dev/null
    done
    tries=$((tries + 1))
    sleep 1
  done
  trouble "a program of the load can't be killed: $loaders"
}

# legacy: the lock that all iptables commands take, from before the live table is read until it is replaced; after some seconds without it.
take_lock() {
  OWN_LOCK=
  [ "$BACKEND" = legacy ] && command -v flock >/dev/null || return 0
  OWN_LOCK=1
  { command exec 9>>/run/xtables.lock; } 2>/dev/null && flock -w 5 9 && return 0
  say "the xtables lock is held by somebody: going on without it"
}

give_lock() { command exec 9>&-; }

# nft, user-defined chains of the live table: only where there is one, and all in it is of iptables.
LIVE_CHAINS='
/^\*/ { there = 1 }
/^:[^ ]* - / { names = names " " substr($1, 2) }
/incompatible|^# failed/ { odd = 1 }
END { if (there && !odd) print "in-place" names }'

# Behind the names of the chains that are there and an empty line, a table; so its base chains stay.
IN_PLACE='
!begun { if ($0 == "") begun = 1; else gone[$0] = 1; next }
/^:/ { delete gone[substr($1, 2)] }
$0 == "COMMIT" { for (name in gone) print "-X " name }
{ print }
/^\*/ { print "-F" }'

# A plain iptables-nft-restore makes base chains anew, and the kernel lets through what no rule decides until they have their policy.
load_nft() { # FILE
  if [ -n "$WORK" ] && [ -r "$WORK/live" ]; then chains=$(awk "$LIVE_CHAINS" "$WORK/live"); else chains=$(save_live | awk "$LIVE_CHAINS"); fi
  case $chains in
    in-place*)
      # shellcheck disable=SC2086
      set -- "$1" ${chains#in-place}
      file=$1
      shift
      { [ $# = 0 ] || printf '%s\n' "$@"; echo; cat "$file"; } | awk "$IN_PLACE" | "$RESTORE" -c --noflush 2>&3 && return
      "$RESTORE" -c <"$file" 2>&3
      ;;
    *) "$RESTORE" -c <"$1" 2>&3 ;;
  esac
}

load() { # FILE: replaces the table
  if [ "$BACKEND" = nft ]; then
    load_nft "$1"
  elif [ -z "$OWN_LOCK" ]; then
    "$RESTORE" -w 5 -c <"$1" 2>&3 || load_unlocked "$1"
  elif ! load_unlocked "$1"; then
    # Old programs don't know the variable: they wait for the lock that we hold.
    give_lock
    "$RESTORE" -w 5 -c <"$1" 2>&3
    set -- $?
    take_lock
    return "$1"
  fi
}

# Never without -w: iptables-legacy-restore waits for ever then.
load_unlocked() { XTABLES_LOCKFILE=$FOLDER/lock "$RESTORE" -w 5 -c <"$1" 2>&3; }

choose_programs() { # FAMILY TABLE STATE
  case $1 in
    v4) SAVE=$V4_SAVE RESTORE=$V4_RESTORE NAMES=/proc/net/ip_tables_names NFT_FAMILY=ip ;;
    *) SAVE=$V6_SAVE RESTORE=$V6_RESTORE NAMES=/proc/net/ip6_tables_names NFT_FAMILY=ip6 ;;
  esac
  KEY=$1.$2 TABLE=$2 PLACE="$1 $2"
  case $3 in existed) OLD=old/$KEY ;; *) OLD=empty/$KEY ;; esac
  LOADED=loaded/$KEY
  [ -r "$FOLDER/$LOADED" ] || LOADED=new/$KEY
  export TABLE PLACE MODE KEEP
  # Asking legacy for a table makes it: one that the load never came to make stays away.
  [ "$3" = existed ] || [ "$BACKEND" = nft ] || grep -qx "$TABLE" "$NAMES"
}

save_live() { "$SAVE" -c -t "$TABLE" 2>&3 || echo '# failed'; }

merge() { # MODE KEEP
  MODE=$1 KEEP=$2
  awk "$MERGE" part=same "$FOLDER/same/$KEY" part=old "$FOLDER/$OLD" part=loaded "$FOLDER/$LOADED" part=live "$WORK/live"
}

# Writes the table that is meant to WORK/KEY. 1: there is none, the old one as it is will do; 2: nor can anybody tell what others changed.
merge_live() {
  rm -f "$WORK/$KEY" "$WORK/live"
  is_damaged "same/$KEY" && return 2
  save_live | cat >"$WORK/live"
  # cat sees a full disk, which not every awk does; the last line tells that awk came to its end.
  { merge merged others; echo "# status $?"; } 2>&3 | cat >"$WORK/$KEY"
  status=$(tail -n 1 "$WORK/$KEY")
  [ "$status" = '# status 0' ] && return 0
  rm -f "$WORK/$KEY"
  [ "$status" = '# status 3' ] && return 1
  return 2
}

# Says what others had changed, and keeps the lines that a person may want to add again.
report_others() { # KEEP
  merge lines "$1" >"$WORK/lines"
  {
    merge report "$1"
    if [ -s "$WORK/lines" ]; then
      { echo "*$TABLE"; cat "$WORK/lines"; echo COMMIT; } >>"$FOLDER/others.$KEY" &&
        echo "$PLACE: to add them again: $RESTORE --noflush < $FOLDER/others.$KEY"
    fi
  } >"$WORK/report"
  [ -s "$WORK/report" ] || return 0
  cat "$WORK/report"
  cat "$WORK/report" >>"$FOLDER/others"
} 2>&3

# nft: what others put into the table by means of its own goes when the table is loaded: it is kept as text.
keep_foreign() {
  [ "$BACKEND" = nft ] && [ -n "$NFT" ] && grep -q '^# Table .*incompatible' "$WORK/live" || return 0
  foreign=$FOLDER/others.$KEY.nft
  "$NFT" list table "$NFT_FAMILY" "$TABLE" >>"$foreign"
  echo "$PLACE: there was more in it than iptables can load, which is gone: the whole table is written to $foreign" |
    tee -a "$FOLDER/others"
} 2>&3

restore_table() { # FAMILY TABLE STATE
  choose_programs "$@" || return 0
  is_damaged "$OLD" && { trouble "the backup $FOLDER/$OLD can't be read or is damaged: $PLACE stays as it is"; return; }
  keep=others
  if [ -z "$WORK" ]; then
    say "$PLACE: no room anywhere to look at what others changed meanwhile"
  else
    merge_live
    merged=$?
    keep_foreign
    case $merged in
      0)
        load "$WORK/$KEY" && { report_others others; return; }
        say "$PLACE: the old table with the chains of others was refused: it comes back as it was"
        rm -f "$WORK/$KEY"
        keep=nothing
        ;;
      2) say "$PLACE: what others changed meanwhile can't be told" ;;
    esac
  fi
  load "$FOLDER/$OLD" || { trouble "$PLACE: $RESTORE failed"; return; }
  [ -z "$WORK" ] || report_others "$keep"
  # Nothing in it, and it wasn't there before: on nft it can go. On legacy a table stays until its module goes.
  [ "$3" = existed ] || [ "$BACKEND" = legacy ] || [ -z "$NFT" ] || "$NFT" delete table "$NFT_FAMILY" "$TABLE" 2>&3
}

verify_table() { # FAMILY TABLE STATE
  choose_programs "$@" || return 0
  is_damaged "$OLD" && return
  meant=$FOLDER/$OLD
  [ -n "$WORK" ] && [ -e "$WORK/$KEY" ] && meant=$WORK/$KEY
  found=$(save_live | awk "$COMPARE" part=meant "$meant" part=live -) || trouble "$PLACE differs from what was loaded: $found"
}

list_changes() { # report | lines
  MODE=$1 from=$FOLDER/old/sets
  [ -r "$from" ] || from=/dev/null
  "$IPSET" save "$SET" 2>/dev/null | awk "$SET_CHANGES" part=old "$from" part=loaded "$FOLDER/new/sets" part=live -
}

# Says what others had changed in a set that is about to be as before, and keeps the members that a person may want to add again.
report_set() { # SET existed | created
  SET=$1 STATE=$2
  export SET STATE MODE
  changes=$(list_changes report)
  [ -n "$changes" ] || return 0
  lines=$(list_changes lines)
  {
    printf '%s\n' "$changes"
    if [ -n "$lines" ]; then
      printf '%s\n' "$lines" >>"$FOLDER/others.sets" && echo "set $SET: to add them again: $IPSET -exist restore < $FOLDER/others.sets"
    fi
  } | tee -a "$FOLDER/others"
} 2>&3

# Old members under another name, then one swap: at no time is the set half full.
restore_set() {
  report_set "$1" existed
  SET=$1 AS=markify-$$
  "$IPSET" list -n "$SET" >/dev/null 2>&1 || AS=$SET
  [ "$AS" = "$SET" ] || "$IPSET" destroy "$AS" 2>/dev/null
  {
    awk "$SET_LINES" "$FOLDER/old/sets"
    [ "$AS" = "$SET" ] || printf '%s\n' "swap $AS $SET" "destroy $AS"
  } | "$IPSET" restore 2>&3 && return
  trouble "the set $SET was refused"
  [ "$AS" = "$SET" ] || "$IPSET" destroy "$AS" 2>/dev/null
}

verify_set() {
  SET=$1
  "$IPSET" save "$SET" 2>&3 | awk "$COMPARE_SETS" part=meant "$FOLDER/old/sets" part=live - || trouble "the set $SET differs from the old one"
}

destroy_set() {
  "$IPSET" list -n "$1" >/dev/null 2>&1 || return 0
  report_set "$1" created
  "$IPSET" destroy "$1" 2>&3 || trouble "the set $1, which the load made, is still used"
}

for_tables() { # FUNCTION
  for item in $TABLES; do
    state=${item##*:} rest=${item%:*}
    "$1" "${rest%%:*}" "${rest##*:}" "$state"
  done
}

attempt() {
  TROUBLE=
  export SET AS
  take_lock
  if [ -n "$OLD_SETS" ] && is_damaged old/sets; then
    trouble "the backup $FOLDER/old/sets can't be read or is damaged: sets stay as they are"
    OLD_SETS=
  fi
  for set in $OLD_SETS; do restore_set "$set"; done
  for_tables restore_table
  for set in $NEW_SETS; do destroy_set "$set"; done
  for_tables verify_table
  for set in $OLD_SETS; do verify_set "$set"; done
  give_lock
  [ -z "$TROUBLE" ]
}

# One at a time, where there is flock; two at once do no harm, for each loads whole tables.
wait_for_others() {
  command -v flock >/dev/null && { command exec 8<"$FOLDER/restore.sh"; } 2>/dev/null && flock -w 120 8
}

check_table() { # FAMILY TABLE STATE
  choose_programs "$@"
  there=$?
  for program in "$SAVE" "$RESTORE"; do
    [ -x "$program" ] || trouble "$PLACE: $program can't be run"
  done
  [ -r "$FOLDER/$LOADED" ] || trouble "$LOADED can't be read"
  grep -qx COMMIT "$FOLDER/$OLD" || trouble "$OLD is not whole"
  [ -z "$TROUBLE" ] && [ "$there" = 0 ] || return
  merge_live
  [ $? -le 1 ] || trouble "$PLACE can't be read"
  # Finds a program or a module that is missing; what else would be refused it doesn't find.
  XTABLES_LOCKFILE=$FOLDER/lock "$RESTORE" -w 5 --test -c <"$FOLDER/$OLD" 2>&3 || trouble "$PLACE: $RESTORE --test refuses the backup"
}

# All that could fail is tried before anybody relies on it.
check() {
  TROUBLE=
  for program in awk cat cksum date grep ln mkdir mv readlink rm sleep tail tee tr; do
    command -v "$program" >/dev/null || trouble "$program is missing"
  done
  read_folder || trouble "$WHY"
  [ -z "$TROUBLE" ] || return
  [ "$DAMAGED" = ' ' ] || trouble "damaged:$DAMAGED"
  [ -z "$OLD_SETS$NEW_SETS" ] || [ -x "$IPSET" ] || trouble "ipset can't be run"
  make_work || trouble "no room for a copy of the backup"
  [ -z "$TROUBLE" ] && for_tables check_table
  [ -z "$WORK" ] || rm -rf "$WORK"
}

prepare() {
  set -f
  umask 077
  PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH LC_ALL=C WORK='' TROUBLE='' MODE='' KEEP=''
  export PATH LC_ALL
  unset IFS CDPATH MARKIFY_LOADING
  trap '' HUP INT TERM PIPE
  case $0 in */*) FOLDER=$(cd -- "${0%/*}" && pwd) ;; *) FOLDER=$(pwd) ;; esac
  [ -n "$FOLDER" ] || { echo "markify restore: the folder of $0 is gone" >&2; exit 7; }
  ID=${FOLDER##*/}
  # What programs complain about goes to the log, if there is room for one.
  { command exec 3>>"$FOLDER/log"; } 2>/dev/null || exec 3>/dev/null
}

main() {
  prepare
  if [ "${1-}" = check ]; then
    check
    [ -z "$TROUBLE" ]
    exit
  fi
  [ $# -eq 0 ] || [ "$1" = once ] || { echo "usage: sh $0 [check]" >&2; exit 2; }
  rm -f "$FOLDER/reserve"
  ln -s rolled-back "$FOLDER/decision" 2>/dev/null
  read_folder || finish unknown "$WHY"
  wait_for_others
  # The next apply may be at work already.
  [ "${1-}" = once ] && grep -qx restored "$FOLDER/outcome" 2>/dev/null && exit 0
  stop_loaders
  make_work
  attempt || { say "trying once more"; sleep 1; attempt; } || finish unknown "$TROUBLE"
  finish restored
}

main "$@"
exit
