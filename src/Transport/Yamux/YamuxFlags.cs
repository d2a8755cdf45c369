namespace P2P.Transport.Yamux;

/// <summary>Flags of a frame; they may ride on Data and on WindowUpdate. Unknown bits are ignored.</summary>
[Flags]
internal enum YamuxFlags : ushort
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>Opens a stream, asks a ping.</summary>
    Syn = 1,

    /// <summary>Accepts a stream, answers a ping.</summary>
    Ack = 2,

    /// <summary>Half-closes.</summary>
    Fin = 4,

    /// <summary>Resets.</summary>
    Rst = 8,
}
