using System.Globalization;
using System.Text;
using Mono.Cecil;

namespace P2P.ApiReference;

/// <summary>One page for each group of options: the option records of a library, with what their authors wrote about every option.</summary>
/// <param name="model">What to write down.</param>
/// <remarks>Spec: user experience, section 7, rule 4.</remarks>
public sealed class OptionPages(ApiModel model)
{
    private const double Countable = 1L << 53;

    private static readonly (string Assembly, string Page, string Title)[] s_groups =
    [
        ("P2P.Node", "node.md", "Options of a node"),
        ("P2P.Transport", "transport.md", "Options of the transport"),
        ("P2P.Dht", "dht.md", "Options of the DHT"),
        ("P2P.PubSub", "pubsub.md", "Options of pub/sub"),
        ("P2P.Bitswap", "bitswap.md", "Options of Bitswap"),
        ("P2P.Crdt", "crdt.md", "Options of replicas, sync, presence and execution"),
        ("P2P.Storage", "storage.md", "Options of the store"),
        ("P2P.UnixFs", "files.md", "Options of files"),
        ("P2P.Dashboard", "dashboard.md", "Options of the dashboard"),
        ("P2P.Core", "core.md", "Options of codecs and blocks in memory"),
        ("P2P.Testing", "testing.md", "Options of simulations"),
    ];

    private readonly MarkdownText _text = new(static _ => null);

    /// <summary>Name and text of every page.</summary>
    public IEnumerable<(string Name, string Text)> Write()
    {
        StringBuilder index = new("# Options\n\nOne page for each library. They are made from the option records (`build/ApiReference`), and a test compares them.\n\n");
        foreach ((string assembly, string name, string title) in s_groups)
        {
            TypeDefinition[] records = [.. Records(model).Where(t => t.Module.Assembly.Name.Name == assembly)];
            StringBuilder page = new($"# {title}\n\nOf the package `{assembly}`; made from its source, not written by hand.\n");
            foreach (TypeDefinition record in records)
            {
                Write(page, record);
            }

            index.Append(CultureInfo.InvariantCulture, $"- [{title}]({name}): {string.Join(", ", records.Select(static r => $"`{r.Name}`"))}\n");
            yield return (name, page.ToString());
        }

        yield return ("index.md", index.ToString());
    }

    /// <summary>The public types whose properties are options.</summary>
    /// <param name="model">What is public.</param>
    public static IEnumerable<TypeDefinition> Records(ApiModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Types.Values.Where(static t => t is { IsClass: true, IsEnum: false }
            && (t.Name.EndsWith("Options", StringComparison.Ordinal) || t.Name.EndsWith("Limits", StringComparison.Ordinal)) && Options(t).Any());
    }

    /// <summary>What can be given when such a value is made.</summary>
    /// <param name="record">The type.</param>
    public static IEnumerable<PropertyDefinition> Options(TypeDefinition record)
    {
        ArgumentNullException.ThrowIfNull(record);
        bool isList(PropertyDefinition p) => p.PropertyType.Name.StartsWith("IList", StringComparison.Ordinal);
        return record.Properties.Where(p => p.GetMethod is { IsPublic: true, IsStatic: false } && (p.SetMethod is { IsPublic: true } || isList(p)));
    }

    private void Write(StringBuilder page, TypeDefinition record)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n## {record.Name}\n\n{_text.Of(model.Find(record)?.Element("summary"))}\n\n| option | type | range | what |\n|---|---|---|---|\n");
        foreach (PropertyDefinition option in Options(record))
        {
            string what = _text.Of(model.Find(option)?.Element("summary")).Replace("|", "\\|", StringComparison.Ordinal);
            page.Append(CultureInfo.InvariantCulture, $"| `{option.Name}` | `{TypeNames.Of(option.PropertyType)}` | {Range(option)} | {what} |\n");
        }
    }

    private static string Range(PropertyDefinition option)
    {
        CustomAttribute? range = option.CustomAttributes.FirstOrDefault(static a => a.AttributeType.Name == "RangeAttribute");
        return range is { ConstructorArguments: [{ Value: IConvertible least }, { Value: IConvertible most }] } ? $"{Number(least)} to {Number(most)}" : string.Empty;
    }

    private static string Number(IConvertible bound)
    {
        double value = bound.ToDouble(CultureInfo.InvariantCulture);
        return value > Countable ? "any" : value.ToString(value == Math.Truncate(value) ? "N0" : "R", CultureInfo.InvariantCulture);
    }
}
