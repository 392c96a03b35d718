function tell(name) {
    if (substr(name, 1, length(typed)) != typed || (quoting == "\047" && index(name, "\047"))) return
    name = substr(name, skipped + 1)
    if (quoting == "\"") gsub(/["$`\\]/, "\\\\&", name)
    if (quoting == "\\") gsub(/[][ !"#$&\047()*;<=>?\\^`{|}~]/, "\\\\&", name)
    print name
}
BEGIN {
    kind = ENVIRON["ASL_KIND"]; typed = ENVIRON["ASL_TYPED"]; begin = "[" kind " "
    quoting = ENVIRON["ASL_QUOTING"]; skipped = length(ENVIRON["ASL_SKIPPED"])
}
kind == "roles" {
    if (/^arn:/ && !/[\001-\037\177]/) { tell($0); sub(/.*\//, ""); tell($0) }
    next
}
!/^\[/ { next }
kind == "profile" && /^\[profile [A-Za-z0-9_@%+=:,.-]+\]$/ { # nothing to quote, as most are
    name = substr($0, 10, length($0) - 10)
    if (substr(name, 1, length(typed)) == typed) print substr(name, skipped + 1)
    next
}
{ sub(/\r$/, "") }
/[\001-\037\177]/ { next }
kind == "profile" && /^\[default\]/ { tell("default"); next }
index($0, begin) == 1 {
    name = substr($0, length(begin) + 1)
    sub(/^ +/, "", name)
    if (!sub(/\] *([#;].*)?$/, "", name)) next
    quote = substr(name, 1, 1)
    if (quote ~ /["\047]/ && length(name) > 1 && substr(name, length(name)) == quote) {
        name = substr(name, 2, length(name) - 2)
        if (quote == "\047") gsub(/\047"\047"\047/, "\047", name)
    } else { # as aws reads it: one word, in which a backslash quotes the next letter
        sub(/ +$/, "", name)
        if (index(name, " ")) next
        gsub(/\\/, "", name)
    }
    tell(name)
}
