namespace P2P.Dht.Wire;

/// <summary>How the sender of a <see cref="KadPeer"/> stands to it: a hint nobody relies on. The values are those of the wire.</summary>
internal enum KadConnection
{
    NotConnected = 0,
    Connected = 1,
    CanConnect = 2,
    CannotConnect = 3,
}
