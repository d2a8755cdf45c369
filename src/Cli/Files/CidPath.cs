using System.CommandLine;
using System.CommandLine.Parsing;
using P2P.Core.Multiformats;

namespace P2P.Cli.Files;

/// <summary>A CID and names below it, as people and other tools write them: <c>CID</c>, <c>CID/a/b</c>, <c>/ipfs/CID/a</c>, <c>ipfs://CID</c>.</summary>
/// <param name="Root">Where it starts.</param>
/// <param name="Path">Names between slashes; empty for the root itself.</param>
internal sealed record CidPath(Cid Root, string Path)
{
    /// <summary>The last name, else the CID: what a file is called when nobody says.</summary>
    public string Name => Path.Length == 0 ? Root.ToString() : Path[(Path.LastIndexOf('/') + 1)..];

    public static Argument<CidPath> Argument(string description) => new("CID") { Description = description, CustomParser = Parse };

    public static bool TryParse(string text, out CidPath? path)
    {
        foreach (string prefix in new[] { "ipfs://", "/ipfs/" })
        {
            text = text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text;
        }

        int slash = text.IndexOf('/', StringComparison.Ordinal);
        bool isCid = Cid.TryParse(slash < 0 ? text : text[..slash], out Cid root);
        path = isCid ? new CidPath(root, slash < 0 ? string.Empty : text[slash..].Trim('/')) : null;
        return isCid;
    }

    public override string ToString() => Path.Length == 0 ? Root.ToString() : $"{Root}/{Path}";

    private static CidPath? Parse(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : string.Empty;
        if (TryParse(text, out CidPath? path))
        {
            return path;
        }

        result.AddError($"'{text}' is not a CID such as bafy…, nor a path below one such as bafy…/photo.jpg.");
        return null;
    }
}
