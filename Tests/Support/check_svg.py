"""Reads the SVG files that it is given with Python's own XML reader: well-formed, accessible, and without a word about
anything outside of itself. Prints the number of drawn parts of each."""
import sys
import xml.etree.ElementTree as tree

SPACE = "{http://www.w3.org/2000/svg}"
KNOWN = {"svg", "title", "desc", "style", "defs", "marker", "path", "rect", "g", "text", "tspan", "polygon"}

for path in sys.argv[1:]:
    root = tree.parse(path).getroot()
    assert root.tag == SPACE + "svg" and root.get("role") == "img"
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    assert set(root.get("aria-labelledby").split()) <= ids
    for element in root.iter():
        assert element.tag.replace(SPACE, "") in KNOWN, element.tag
        for name, value in element.attrib.items():
            assert "href" not in name and "://" not in value, (element.tag, name)
            assert "url(" not in value or value == "url(#a)", value
    style = root.find(SPACE + "style").text
    assert "@import" not in style and "url(" not in style and "prefers-color-scheme:dark" in style
    print(len(root.findall(SPACE + "g")))
