namespace P2P.Node.Files;

/// <summary>How far adding or getting a file has come.</summary>
/// <param name="Bytes">Bytes of the file that are stored (adding) or written (getting).</param>
/// <param name="TotalBytes">Bytes of the file; null when nobody knows yet, and for directories.</param>
/// <param name="BlocksFetched">Blocks that came from peers since this began.</param>
/// <param name="BlocksHeld">Blocks that were here already.</param>
/// <param name="Peers">Peers that said they have the root.</param>
public sealed record FileProgress(long Bytes, long? TotalBytes, long BlocksFetched, long BlocksHeld, int Peers);
