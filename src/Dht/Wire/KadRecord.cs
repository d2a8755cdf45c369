namespace P2P.Dht.Wire;

/// <summary>A value in a message. <paramref name="TimeReceived"/> is set by whoever stores it and decides nothing here.</summary>
internal sealed record KadRecord(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value, string TimeReceived = "");
