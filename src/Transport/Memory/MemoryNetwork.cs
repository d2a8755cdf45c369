namespace P2P.Transport.Memory;

/// <summary>The <c>/memory/N</c> listeners that can see each other. Thread-safe. An object, not a static: tests stay apart.</summary>
public sealed class MemoryNetwork
{
}
