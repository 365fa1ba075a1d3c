# Writes a raw capture of a made-up kernel that changes its tables: NAME.h1t, snap1.bin, console.log in FOLDER.
#   perl make_changes.pl FOLDER NAME STEP...
#
# 39 bits of VA, 4K pages; page i of 512 at 0xffffff8000000000 + i * 4K is mapped to 0x48000000 + i * 4K, and the 2M after
# them are a block at 0x50000000. Steps, numbers in hexadecimal:
#   access             a read of page 0
#   page:I:VALUE       write the descriptor of page I
#   block:VALUE        write the descriptor of the block
#   tlbi:OP2[:VA]      TLBI of op1=0, inner shareable, with its operand; 0 VMALLE1IS, 7 VAALE1IS
#   blind:OP2          the same, its operand not recorded
use strict;
use warnings;
no warnings 'portable'; # numbers of 64 bits
my ($folder, $name, @steps) = @ARGV;
my $base = 0xffffff8000000000;
my ($l2, $l3) = (0x40002000, 0x40003000);

sub put {
  my ($file, $data) = @_;
  open my $out, '>:raw', "$folder/$file" or die "$folder/$file: $!";
  print $out $data;
  close $out or die "$folder/$file: $!";
}

# -- the snapshot --
my %register = (1 => 0x30d0198d, 2 => 0x280190099, 3 => 0x44ff, 5 => 0x40001000, 23 => 0x40000000, 24 => 12, 25 => 39);
my @words = (0) x 512;
$words[4 + $_] = $register{$_} for keys %register;
my $snapshot = 'H1PTSNAP' . pack('Q<*', @words);
sub table {
  my ($pa, $level, @entries) = @_;
  return pack('Q<4', $pa, $level | 1 << 8, $base, 4096) . pack('Q<512', @entries, (0) x (512 - @entries));
}
$snapshot .= table(0x40001000, 1, $l2 | 3);
$snapshot .= table($l2, 2, $l3 | 3, 0x0060000050000701);
$snapshot .= table($l3, 3, map { 0x0060000048000703 + $_ * 4096 } 0 .. 511);
put('snap1.bin', $snapshot);
put('console.log', "[ 1.0] H1-PHASE 1 vmalloc_64k rand va=0xffffff8000000000 len=0x10000 n=100\n");

# -- the trace --
my $trace = 'H1TRACE1' . pack('Q<', 0x40000000);
sub record { $trace .= pack('Q<2', @_) }
sub tlbi {
  my ($op2, $operand) = @_;
  record(3 << 52, 0xd5080000 | 8 << 12 | 3 << 8 | $op2 << 5 | 1);
  record(7 << 52 | 1, $operand) if defined $operand;
}
my %step = (
  access => sub { record($base & 0xffffffffffff | 3 << 48 | 1 << 56 | 0xf << 58, 0x48000000 | 4 << 48) },
  page => sub { record(5 << 52 | $l3 + 8 * hex $_[0], hex $_[1]) },
  block => sub { record(5 << 52 | $l2 + 8, hex $_[0]) },
  tlbi => sub { tlbi($_[0], $_[1] ? hex($_[1]) >> 12 & 0xfffffffffff : 0) },
  blind => sub { tlbi($_[0]) },
);
record(2 << 52, $_) for 0xc001, 1;
for (@steps) {
  my ($kind, @values) = split /:/;
  ($step{$kind} or die "step $kind: unknown")->(@values);
}
put("$name.h1t", $trace);
