"""Numbers and rows of 64-bit little-endian ELF files, for all that read them.

Sources: System V gABI 4.3, chapters 4 and 5; Go's cmd/link/internal/ld/elf.go (ELF_NOTE_GOBUILDID_TAG). Imports next to
nothing: the kernel waits while the handler of cores starts.
"""

from __future__ import annotations

import struct
from typing import Final

# e_ident up to EI_DATA: 64 bits, little-endian.
MAGIC: Final = b"\x7fELF\x02\x01"
HEADER_BYTES: Final = 64
ET_CORE: Final = 4
# p_type, p_flags, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align
PROGRAM_HEADER: Final = struct.Struct("<IIQQQQQQ")
# sh_name, sh_type, sh_flags, sh_addr, sh_offset, sh_size, sh_link, sh_info, sh_addralign, sh_entsize
SECTION_HEADER: Final = struct.Struct("<IIQQQQIIQQ")
# n_namesz, n_descsz, n_type
NOTE: Final = struct.Struct("<III")
# SHN_XINDEX, PN_XNUM: a number that does not fit into the header stands in the first section header.
IN_FIRST: Final = 0xFFFF
PT_LOAD: Final = 1
PT_NOTE: Final = 4
SHT_NOTE: Final = 7
SHT_NOBITS: Final = 8
EXECUTABLE: Final = 1
WRITABLE: Final = 2
# Notes that hold a build ID, by owner and type.
GNU: Final = b"GNU"
NT_GNU_BUILD_ID: Final = 3
GO: Final = b"Go"
NT_GO_BUILD_ID: Final = 4
