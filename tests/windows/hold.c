/* Opens the file of its argument as most programs do on Windows, so that it can't be replaced; says so,
   and holds it until stdin ends. */
#include <stdio.h>

int main(int count, char **arguments) {
    FILE *file = count == 2 ? fopen(arguments[1], "rb") : NULL;
    if (!file) return 1;
    puts("open");
    fflush(stdout);
    while (getchar() != EOF) {}
    return 0;
}
