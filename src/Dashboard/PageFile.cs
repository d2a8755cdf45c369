namespace P2P.Dashboard;

/// <summary>A file of the page.</summary>
/// <param name="Content">Its bytes.</param>
/// <param name="ContentType">Media type.</param>
/// <param name="Tag">Entity tag, quoted.</param>
internal sealed record PageFile(ReadOnlyMemory<byte> Content, string ContentType, string Tag);
