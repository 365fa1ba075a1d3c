# Writes a small raw capture of a made-up kernel: NAME.h1t, snap1.bin, console.log in FOLDER.
#   perl make_capture.pl FOLDER NAME [wrong-pa | unknown | aarch32 | el0 | el0-wrong]
#
# 39 bits of VA, 4K pages; page i of 512 at 0xffffff8000000000 + i * 4K is mapped to 0x48000000 + i * 4K. EL0 may use the
# pages from 256 on, which only it may execute.
use strict;
use warnings;
no warnings 'portable'; # numbers of 64 bits
my ($folder, $name, $kind) = (@ARGV, '');
my $base = 0xffffff8000000000;
my $l3 = 0x40003000;

sub put {
  my ($file, $data) = @_;
  open my $out, '>:raw', "$folder/$file" or die "$folder/$file: $!";
  print $out $data;
  close $out or die "$folder/$file: $!";
}

# -- the snapshot: registers, and tables of levels 1, 2, 3. As AArch32's the same registers are LPAE's (TTBCR.EAE), and
# VA bits 31:0 of the pages are in TTBR0's half --
my %register = (1 => 0x30d0198d, 2 => 0x280190019, 3 => 0xff, 4 => 0x40001000, 5 => 0x40001000, 23 => 0x40000000, 24 => 12, 25 => 39);
my @words = (0) x 512;
$words[4 + $_] = $register{$_} for keys %register;
my $snapshot = 'H1PTSNAP' . pack('Q<*', @words);
sub table {
  my ($pa, $level, @entries) = @_;
  return pack('Q<4', $pa, $level | 1 << 8, $base, 4096) . pack('Q<512', @entries, (0) x (512 - @entries));
}
$snapshot .= table(0x40001000, 1, 0x40002003);
$snapshot .= table(0x40002000, 2, $l3 | 3);
$snapshot .= table($l3, 3, map { ($_ < 256 ? 0x0060000048000703 : 0x0020000048000f43) + $_ * 4096 } 0 .. 511);
put('snap1.bin', $snapshot);
put('console.log', "[ 1.0] H1-PHASE 1 vmalloc_64k rand va=0xffffff8000000000 len=0x10000 n=100\n");

# -- the trace --
my $trace = ($kind eq 'aarch32' ? 'H1TRAC32' : 'H1TRACE1') . pack('Q<', 0x40000000);
sub record { $trace .= pack('Q<2', @_) }
sub mark { record(2 << 52, $_[0]) }
sub access_page {
  my ($page, $pa) = @_;
  record(($base + $page * 4096) & 0xffffffffffff | 3 << 48 | 1 << 56 | 0xf << 58, $pa | 4 << 48);
}
sub tlbi {
  my ($op2, $operand) = @_;
  record(3 << 52, 0xd5080000 | 8 << 12 | 3 << 8 | $op2 << 5 | 1);
  record(7 << 52 | 1, $operand) if defined $operand;
}
sub remap { record(5 << 52 | $l3 + 8 * $_[0], 0x0060000000000703 | $_[1]) }

mark(0xc001);
mark(1);
access_page($_ * 7 % 16, 0x48000000 + $_ * 7 % 16 * 4096) for 1 .. 100;
mark(0xffff);

# An EL3 form, which no regime here has.
record(3 << 52, 0xd50e871f) if $kind eq 'unknown';
if ($kind eq 'aarch32') {
  remap(5, 0x49005000);
  access_page(5, 0x48005000);
  record(3 << 52, 0xee080f37); # mcr p15, 0, r0, c8, c7, 1: TLBIMVA
  record(7 << 52, 0x5000);
  access_page(5, 0x49005000);
  put("$name.h1t", $trace);
  exit;
}
# A process and what the kernel does for it: EL0's fetches, reads and DC ZVA, EL1's reads; in el0-wrong a fetch by EL1.
if ($kind =~ /^el0/) {
  my $user = 1 << 56 | 0xf << 58 | 300 * 4096 | ($base & 0xffffffffffff);
  for (1 .. 20) {
    record($user | 2 << 48 | 1 << 52 | 1 << 62, 0x4812c000);
    record($user | 3 << 48 | 1 << 62, 0x4812c000);
    record($user | 6 << 48 | 1 << 51 | 1 << 62, 0x4812c000);
    record($user | 3 << 48, 0x4812c000);
  }
  record($user | 2 << 48 | 1 << 52, 0x4812c000) if $kind eq 'el0-wrong';
  put("$name.h1t", $trace);
  exit;
}
# A descriptor changes: the TLB holds the old one until its own page is invalidated.
remap(5, 0x49005000);
access_page(5, 0x48005000);
tlbi(7, (($base + 6 * 4096) >> 12) & 0xfffffffffff);
access_page(5, 0x48005000);
tlbi(7, (($base + 5 * 4096) >> 12) & 0xfffffffffff);
access_page(5, 0x49005000);
# ASIDE1 leaves global pages; VMALLE1 takes all; without its operand any TLBI does.
remap(5, 0x4a005000);
tlbi(2, 0);
access_page(5, 0x49005000);
tlbi(0);
access_page(5, 0x4a005000);
remap(5, 0x4b005000);
tlbi(1);
access_page(5, $kind eq 'wrong-pa' ? 0x4a005000 : 0x4b005000);
put("$name.h1t", $trace);
