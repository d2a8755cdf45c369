using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using P2P.Core.Multiformats;

namespace P2P.Cli.Commands;

/// <summary><c>p2p cid inspect|convert</c>: what a CID says, and the same in another form.</summary>
internal static class CidCommand
{
    private static readonly Dictionary<string, MultibaseEncoding> s_bases = new(StringComparer.Ordinal)
    {
        ["base16"] = MultibaseEncoding.Base16,
        ["base32"] = MultibaseEncoding.Base32,
        ["base36"] = MultibaseEncoding.Base36,
        ["base58btc"] = MultibaseEncoding.Base58Btc,
        ["base64url"] = MultibaseEncoding.Base64Url,
    };

    public static Command Create(GlobalOptions options)
    {
        Argument<string> cid = new("CID") { Description = "In any multibase." };
        Option<string> to = new("--base") { Description = string.Join(", ", s_bases.Keys), HelpName = "BASE", DefaultValueFactory = static _ => "base32" };
        to.AcceptOnlyFromAmong([.. s_bases.Keys]);
        Command inspect = new("inspect", "Version, codec, hash and digest.") { cid };
        inspect.SetAction(parsed => Inspect(options.OutputOf(parsed), parsed.GetRequiredValue(cid)));
        Command convert = new("convert", "The same CID, version 1, in another base.") { cid, to };
        convert.SetAction(parsed => Convert(options.OutputOf(parsed), parsed.GetRequiredValue(cid), s_bases[parsed.GetRequiredValue(to)]));
        Command command = new("cid", "What a CID says, and the same in another base.");
        command.Subcommands.Add(inspect);
        command.Subcommands.Add(convert);
        return command;
    }

    private static int Inspect(Output output, string text)
    {
        Cid cid = Parse(text);
        Multihash hash = cid.Hash;
        string digest = System.Convert.ToHexStringLower(hash.Digest);
        JsonObject fields = new()
        {
            ["cid"] = cid.ToString(),
            ["version"] = cid.Version,
            ["codec"] = Codec(cid.Codec),
            ["hash"] = HashName(hash.Code),
            ["digest"] = digest,
        };
        output.Fact("cid", fields, string.Create(CultureInfo.InvariantCulture, $"{cid}\nversion  {cid.Version}\ncodec    {Codec(cid.Codec)}\nhash     {HashName(hash.Code)}, {hash.Digest.Length} bytes\ndigest   {digest}"));
        return ExitCode.Ok;
    }

    private static int Convert(Output output, string text, MultibaseEncoding to)
    {
        Cid cid = Parse(text);
        string converted = Multibase.Encode(to, (cid.Version == 1 ? cid : Cid.V1(cid.Codec, cid.Hash)).Bytes);
        output.Fact("cid.converted", new JsonObject { ["from"] = text, ["cid"] = converted }, converted);
        return ExitCode.Ok;
    }

    private static Cid Parse(string text) => Cid.TryParse(text, out Cid cid) && !cid.Hash.IsNone ? cid
        : throw new CliException(CliError.NoCid, text.Length == 0 ? "Nothing is not a CID: the argument is empty." : $"'{Printable.Line(text)}' is not a CID.");

    private static string Codec(ulong codec) => codec switch
    {
        Cid.RawCodec => "raw",
        Cid.DagPbCodec => "dag-pb",
        Cid.DagCborCodec => "dag-cbor",
        Cid.Libp2pKeyCodec => "libp2p-key",
        _ => string.Create(CultureInfo.InvariantCulture, $"0x{codec:x}"),
    };

    private static string HashName(ulong code) => code switch
    {
        Multihash.IdentityCode => "identity",
        Multihash.Sha256Code => "sha2-256",
        Multihash.Sha512Code => "sha2-512",
        Multihash.Blake3Code => "blake3",
        _ => string.Create(CultureInfo.InvariantCulture, $"0x{code:x}"),
    };
}
