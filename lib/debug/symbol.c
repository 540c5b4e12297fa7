/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "debug/symbol.h"

#include "base/os.h"
#include "base/text.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file of the process, mapped to be read. */
typedef struct fa_elf {
    const unsigned char *bytes;
    size_t size;
} fa_elf;

/* dladdr() gives the main program the name it was called by, which may be no path. */
static bool is_main_program(uintptr_t base)
{
    enum { HEADERS_MAX = 4096 };
    return (uintptr_t)getauxval(AT_PHDR) - base < HEADERS_MAX;
}

static bool map_file_now(const char *path, fa_elf *elf)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (file < 0)
        return false;
    elf->size = fstat(file, &status) == 0 && status.st_size > 0 ? (size_t)status.st_size : 0;
    void *bytes = elf->size == 0 ? MAP_FAILED : mmap(NULL, elf->size, PROT_READ, MAP_PRIVATE, file, 0);
    (void)close(file);
    elf->bytes = bytes;
    return bytes != MAP_FAILED;
}

static bool map_file(const char *path, fa_elf *elf)
{
    int cancellation = fa_os_hold_cancellation();
    bool mapped = map_file_now(path, elf);
    fa_os_restore_cancellation(cancellation);
    return mapped;
}

/* What lies at offset, NULL if the file is not that long. */
static const void *part(const fa_elf *elf, uint64_t offset, uint64_t bytes)
{
    return offset <= elf->size && bytes <= elf->size - offset ? elf->bytes + offset : NULL;
}

static const ElfW(Ehdr) *header_of(const fa_elf *elf)
{
    const ElfW(Ehdr) *header = part(elf, 0, sizeof *header);
    bool readable = header != NULL && memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
                    header->e_shentsize == sizeof(ElfW(Shdr)) && header->e_phentsize == sizeof(ElfW(Phdr));
    return readable ? header : NULL;
}

/* The file says where it wants to lie; base is where it does. */
static uintptr_t bias_of(const fa_elf *elf, const ElfW(Ehdr) *header, uintptr_t base)
{
    const ElfW(Phdr) *segments = part(elf, header->e_phoff, (uint64_t)header->e_phnum * sizeof *segments);
    for (unsigned i = 0; segments != NULL && i < header->e_phnum; i++) {
        if (segments[i].p_type == PT_LOAD)
            return base - (segments[i].p_vaddr - segments[i].p_offset);
    }
    return base;
}

static void take_name(const fa_elf *elf, const ElfW(Shdr) *strings, const ElfW(Sym) *symbol, uintptr_t into, fa_symbol *out)
{
    const char *text = part(elf, strings->sh_offset, strings->sh_size);
    if (text == NULL || symbol->st_name >= strings->sh_size)
        return;
    char name[sizeof out->name];
    size_t room = strings->sh_size - symbol->st_name;
    (void)snprintf(name, sizeof name, "%.*s", (int)(room < sizeof name ? room : sizeof name), text + symbol->st_name);
    fa_text_escape(out->name, sizeof out->name, name);
    out->into = into;
}

static void search(const fa_elf *elf, const ElfW(Shdr) *table, const ElfW(Shdr) *strings, uintptr_t address, fa_symbol *out)
{
    const ElfW(Sym) *symbols = part(elf, table->sh_offset, table->sh_size);
    for (size_t i = 0; symbols != NULL && i < table->sh_size / sizeof *symbols; i++) {
        if (ELF64_ST_TYPE(symbols[i].st_info) == STT_FUNC && symbols[i].st_shndx != SHN_UNDEF &&
            address - symbols[i].st_value < symbols[i].st_size) {
            take_name(elf, strings, &symbols[i], address - symbols[i].st_value, out);
            return;
        }
    }
}

/* Static functions are in .symtab, unless the file was stripped. */
static void search_file(const fa_elf *elf, uintptr_t base, uintptr_t address, fa_symbol *out)
{
    const ElfW(Ehdr) *header = header_of(elf);
    if (header == NULL)
        return;
    uintptr_t bias = bias_of(elf, header, base);
    out->offset = address - bias;
    const ElfW(Shdr) *sections = part(elf, header->e_shoff, (uint64_t)header->e_shnum * sizeof *sections);
    for (unsigned i = 0; sections != NULL && i < header->e_shnum; i++) {
        if (sections[i].sh_type == SHT_SYMTAB && sections[i].sh_link < header->e_shnum)
            search(elf, &sections[i], &sections[sections[i].sh_link], address - bias, out);
    }
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

void fa_symbol_find(uintptr_t return_address, fa_symbol *out)
{
    uintptr_t address = return_address - 1;
    Dl_info info;
    *out = (fa_symbol){.offset = address};
    if (dladdr((void *)address, &info) == 0 || info.dli_fname == NULL)
        return;
    fa_text_escape(out->object, sizeof out->object, last_part(info.dli_fname));
    out->offset = address - (uintptr_t)info.dli_fbase;
    fa_elf elf;
    if (map_file(is_main_program((uintptr_t)info.dli_fbase) ? "/proc/self/exe" : info.dli_fname, &elf)) {
        search_file(&elf, (uintptr_t)info.dli_fbase, address, out);
        (void)munmap((void *)(uintptr_t)elf.bytes, elf.size);
    }
    if (out->name[0] == 0 && info.dli_sname != NULL) {
        fa_text_escape(out->name, sizeof out->name, info.dli_sname);
        out->into = address - (uintptr_t)info.dli_saddr;
    }
    /* What compilers hang on the pieces of a function, as in load.part.0. */
    out->name[strcspn(out->name, ".")] = '\0';
}
