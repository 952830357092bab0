extern "C" void endGivingBack();

/** The addon is initialised after all libraries that it needs. */
__attribute__((constructor)) static void onLoaded() { endGivingBack(); }
