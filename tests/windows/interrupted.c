/* Waits for Ctrl-C, and ends with code 42 a moment after it, as a program does that cleans up. */
#include <stdio.h>
#include <windows.h>

static HANDLE interrupted;

static BOOL WINAPI handler(DWORD event) {
    if (event != CTRL_C_EVENT) return FALSE;
    SetEvent(interrupted);
    return TRUE;
}

int main(void) {
    interrupted = CreateEvent(NULL, TRUE, FALSE, NULL);
    SetConsoleCtrlHandler(handler, TRUE);
    puts("waiting");
    fflush(stdout);
    if (WaitForSingleObject(interrupted, 30000) != WAIT_OBJECT_0) return 1;
    Sleep(500);
    puts("cleaned up");
    return 42;
}
