namespace P2P.Storage.Inspection;

/// <summary>What came out of a backup.</summary>
/// <param name="Documents">Documents in it.</param>
/// <param name="Events">Events taken or known already.</param>
/// <param name="Blocks">Loose blocks.</param>
/// <param name="Refused">Blocks that are not what they say, or events that are not valid.</param>
public sealed record RestoreReport(long Documents, long Events, long Blocks, long Refused);
