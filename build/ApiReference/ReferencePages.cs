using System.Text;
using System.Xml.Linq;
using Mono.Cecil;
using Mono.Cecil.Rocks;

namespace P2P.ApiReference;

/// <summary>The pages: an index, and one page a namespace with its types and their members.</summary>
public sealed class ReferencePages
{
    private readonly ApiModel _model;
    private readonly MarkdownText _text;
    private readonly Dictionary<string, string> _pageOf = new(StringComparer.Ordinal); // by documentation id of a type

    /// <param name="model">What to write down.</param>
    public ReferencePages(ApiModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _text = new MarkdownText(Link);
        foreach (TypeDefinition type in model.Types.Values)
        {
            _pageOf.Add(DocCommentId.GetDocCommentId(type), $"{Page(type)}#{Anchor(type)}");
        }
    }

    /// <summary>Name and text of every page.</summary>
    public IEnumerable<(string Name, string Text)> Write()
    {
        StringBuilder index = new("# API reference\n\nMade from the documentation comments of the source.\n");
        foreach (IGrouping<string, TypeDefinition> space in _model.Types.Values.GroupBy(static t => Namespace(t)).OrderBy(static g => g.Key, StringComparer.Ordinal))
        {
            StringBuilder page = new($"# {space.Key}\n");
            index.Append('\n').Append("## [").Append(space.Key).Append("](").Append(space.Key).Append(".md)\n\n");
            foreach (TypeDefinition type in space)
            {
                string summary = Part(type, "summary");
                index.Append("- [").Append(TypeNames.Of(type)).Append("](").Append(Link(DocCommentId.GetDocCommentId(type))).Append("): ").Append(summary).Append('\n');
                Write(page, type);
            }

            yield return ($"{space.Key}.md", page.ToString());
        }

        yield return ("index.md", index.ToString());
    }

    private void Write(StringBuilder page, TypeDefinition type)
    {
        page.Append("\n## <a id=\"").Append(Anchor(type)).Append("\"></a>").Append(TypeNames.Of(type)).Append("\n\n");
        page.Append(Part(type, "summary")).Append("\n\n");
        Paragraph(page, Part(type, "remarks"));
        Parameters(page, _model.Find(type));
        foreach (IMemberDefinition member in ApiModel.Members(type))
        {
            XElement? text = _model.Find(member);
            page.Append("- `").Append(TypeNames.Signature(member)).Append('`');
            string summary = _text.Of(text?.Element("summary"));
            page.Append(summary.Length > 0 ? $"  \n  {summary}\n" : "\n");
            Details(page, text);
        }
    }

    private void Parameters(StringBuilder page, XElement? text)
    {
        int before = page.Length;
        foreach (XElement parameter in text?.Elements("param") ?? [])
        {
            page.Append("- `").Append((string?)parameter.Attribute("name")).Append("`: ").Append(_text.Of(parameter)).Append('\n');
        }

        page.Append(page.Length > before ? "\n" : "");
    }

    private void Details(StringBuilder page, XElement? text)
    {
        foreach (XElement part in text?.Elements() ?? [])
        {
            string content = _text.Of(part);
            string? line = part.Name.LocalName switch
            {
                "param" => $"`{(string?)part.Attribute("name")}`: {content}",
                "returns" => $"returns {content}",
                "remarks" => content,
                "exception" => $"throws `{((string?)part.Attribute("cref"))?.Split('.')[^1]}`: {content}",
                _ => null,
            };
            if (line is not null && content.Length > 0)
            {
                page.Append("  - ").Append(line).Append('\n');
            }
        }
    }

    private static void Paragraph(StringBuilder page, string text) => page.Append(text.Length > 0 ? text + "\n\n" : "");

    private string Part(TypeDefinition type, string name) => _text.Of(_model.Find(type)?.Element(name));

    private string? Link(string id)
    {
        if (_pageOf.TryGetValue(id, out string? page))
        {
            return page;
        }

        int bracket = id.IndexOf('(', StringComparison.Ordinal);
        string path = bracket < 0 ? id : id[..bracket];
        int dot = path.LastIndexOf('.');
        return dot > 2 && id[0] != 'T' ? _pageOf.GetValueOrDefault(string.Concat("T:", path.AsSpan(2, dot - 2))) : null; // a member: its type
    }

    private static string Namespace(TypeDefinition type) => type.IsNested ? Namespace(type.DeclaringType) : type.Namespace;

    private static string Page(TypeDefinition type) => $"{Namespace(type)}.md";

    private static string Anchor(TypeDefinition type) => (type.IsNested ? Anchor(type.DeclaringType) + "-" : "") + type.Name.Replace('`', '-');
}
