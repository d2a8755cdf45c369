using P2P.Core.Multiformats;

namespace P2P.Core.Encoding;

/// <summary>A link of a DAG-PB node.</summary>
/// <param name="Cid">Where it leads.</param>
/// <param name="Name">Its name; null when the field is absent, which is something else than empty.</param>
/// <param name="TotalBytes">Bytes of everything below, as the writer claims (field <c>Tsize</c>); null when absent. Never trusted.</param>
public readonly record struct DagPbLink(Cid Cid, string? Name, ulong? TotalBytes);
