namespace P2P.Dht.Wire;

/// <summary>Kind of a message; the wire number plus one, so that <c>default</c> is never valid.</summary>
internal enum KadMessageType
{
    None = 0,
    PutValue,
    GetValue,
    AddProvider,
    GetProviders,
    FindNode,
    Ping,
}
