# SPDX-License-Identifier: MIT
# What Doxygen reads of a header: `doxygen_filter.pl HEADER`. Lines keep their numbers.
local $/;
$_ = <>;
# Special members that do the usual need no words of their own, and their comments must not slip to the next member.
s{((?:^[ \t]*///(?!<)[^\n]*\n)*)^[^\n]*= (?:default|delete);[^\n]*$}{my $lines = $1; $lines =~ s/[^\n]+//g; $lines}gme;
s{^[ \t]*~\w+\(\)(?: override)?;$}{}gm;
# Doxygen 1.9 takes the mark in 15'000 for the start of a character.
s{(?<=\d)'(?=\d)}{}g;
print;
