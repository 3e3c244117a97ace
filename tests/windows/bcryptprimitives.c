/* Rust's standard library takes random numbers from this library of Windows, which Wine has since
   version 9. For older ones, this one takes its place. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(unsigned char *to, size_t count) {
    return RtlGenRandom(to, (ULONG)count);
}
